"""What JobImport keeps in MongoDB, and how it is written so that nothing is lost or doubled."""
