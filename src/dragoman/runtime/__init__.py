"""An engine of our own: the environment that it is installed in, its model, its process."""
