"""``python -m fss_mm_cli``: the same as ``fss-mm``."""

from fss_mm_cli.main import main

if __name__ == '__main__':
    main()
