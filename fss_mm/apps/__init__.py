"""The web page: photographs in, classes learned, masks out."""
