"""``fss-mm browse``."""

from fss_mm_cli.main import main

if __name__ == '__main__':
    main('browse')
