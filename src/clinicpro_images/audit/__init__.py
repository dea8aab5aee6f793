"""Who did what, when, to whose pictures: a trail that can only grow, and shows where it was touched."""
