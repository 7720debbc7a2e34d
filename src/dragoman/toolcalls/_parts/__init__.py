"""What the formats are made of: the source of text, readers, the schema of arguments, the stage itself."""
