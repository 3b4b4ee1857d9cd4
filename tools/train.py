"""``fss-mm train``, as the scripts beside it call it."""

from fss_mm_cli.main import main

if __name__ == '__main__':
    main('train')
