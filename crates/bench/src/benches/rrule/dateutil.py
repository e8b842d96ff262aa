"""Prints how many dates python-dateutil finds and the microseconds that one expansion takes."""
import sys
import time
from datetime import datetime
from zoneinfo import ZoneInfo

from dateutil.rrule import rrulestr

dtstart, zone, rule = sys.argv[1:4]
start = datetime.fromisoformat(dtstart).replace(tzinfo=ZoneInfo(zone))
series = rrulestr(rule, dtstart=start)
dates = list(series)
times = []
for _ in range(5):
    begun = time.perf_counter()
    dates = list(series)
    times.append(time.perf_counter() - begun)
print(len(dates), sorted(times)[2] * 1e6)
