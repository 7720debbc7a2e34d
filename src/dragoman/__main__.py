"""`python -m dragoman` is the console command `dragoman`."""

from dragoman.cli import main

main()
