"""HTTP in and HTTP out. Carries out what exchanges ask for and knows no protocol."""
