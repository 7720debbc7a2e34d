"""Settings from where people write them: files, the environment, options."""
