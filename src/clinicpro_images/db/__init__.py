"""Engine, tables, migrations and sealed columns."""
