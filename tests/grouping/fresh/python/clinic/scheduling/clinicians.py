"""Clinicians as the database knows them."""

from clinic.core.db import database


class ClinicianRepository:
    def find(self, clinician_id):
        return database.one("SELECT * FROM clinician WHERE id = ?", clinician_id)

    def add(self, name, badge):
        sql = "INSERT INTO clinician (name, badge) VALUES (?, ?)"
        return database.execute(sql, name, badge).lastrowid
