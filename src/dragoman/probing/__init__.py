"""What is asked of engines to know them: their models, again and again; what they are, once."""
