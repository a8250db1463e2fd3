from linkcheck.api import Report as Report
from linkcheck.api import check as check
from linkcheck.errors import LinkcheckError as LinkcheckError
from linkcheck.errors import OurFault as OurFault
from linkcheck.errors import UserFault as UserFault
from linkcheck.model import Change as Change
from linkcheck.model import Finding as Finding
from linkcheck.model import Kind as Kind
from linkcheck.model import Outcome as Outcome
from linkcheck.model import Reason as Reason
from linkcheck.model import Reference as Reference
from linkcheck.model import Target as Target
from linkcheck.model import Verdict as Verdict

__version__: str
__all__: list[str]
