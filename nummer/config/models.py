"""The one table of the installation itself."""

from django.db import models
from django.db.models import Q


class ClockShift(models.Model):
    """How far the sandbox's clock is ahead of the machine's: one row."""

    one = models.BooleanField(primary_key=True, default=True)
    ahead = models.DurationField()

    class Meta:
        """There is one clock and it never goes back."""

        db_table = "config_clock_shift"
        constraints = (
            models.CheckConstraint(condition=Q(one=True), name="clock_shift_is_one_row"),
        )
