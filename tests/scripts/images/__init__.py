"""What the checks of linked firmware images are made of; `check_image.py` beside this folder is the program."""
