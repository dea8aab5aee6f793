"""Files of every kind a phone, camera or scanner makes, and files made to hurt; made here, so that none is stored."""
