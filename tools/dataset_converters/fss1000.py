"""``fss-mm convert fss1000``."""

from fss_mm_cli.main import main

if __name__ == '__main__':
    main('convert', 'fss1000')
