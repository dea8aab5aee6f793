"""Pictures from intake until they are filed."""
