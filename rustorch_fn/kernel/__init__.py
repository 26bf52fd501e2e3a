"""How one number is made: scalar expressions, loop nests, fusion and schedules."""
