"""What is wrong, why, and the exact mend: from logs and error texts."""
