"""``fss-mm reproduce``."""

from fss_mm_cli.main import main

if __name__ == '__main__':
    main('reproduce')
