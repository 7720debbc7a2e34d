"""What several targets have in common. None of these modules is a target."""
