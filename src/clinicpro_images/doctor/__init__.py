"""`clinicpro doctor`: whether this installation can reach ALEX, and who must fix what."""
