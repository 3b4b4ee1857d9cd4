"""``fss-mm convert voc8``."""

from fss_mm_cli.main import main

if __name__ == '__main__':
    main('convert', 'voc8')
