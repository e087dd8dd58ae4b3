"""See the package."""

import sys

from tests.roads.sam_local.road import main

sys.exit(main())
