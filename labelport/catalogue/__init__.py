"""The catalogue: generations of Parquet tables, one live one a stage."""
