"""When and where: Dagster definitions, the MediaDataset component, sensors, schedules."""
