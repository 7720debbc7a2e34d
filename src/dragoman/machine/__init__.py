"""What there is to plan with: this machine's GPUs, models on disks and hubs, what earlier starts measured."""
