"""All cases, in order; see tests/fault/run."""
import sys

import cases_archive  # noqa: F401
import cases_config  # noqa: F401
import cases_filter  # noqa: F401
import cases_input  # noqa: F401
import cases_output  # noqa: F401
import cases_page  # noqa: F401
import cases_worker  # noqa: F401
from harness import main

sys.exit(main(sys.argv[1:]))
