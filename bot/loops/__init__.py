"""The loops that keep the desk going: the only places that catch everything. They record it and go on."""
