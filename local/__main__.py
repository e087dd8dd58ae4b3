"""`python -m local up` and `python -m local invoke`; see `local.cli`."""

import sys

from local.cli import main

sys.exit(main())
