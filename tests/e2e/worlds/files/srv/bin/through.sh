#!/srv/bin/hello -x
This file's interpreter lives in the far world, too.
