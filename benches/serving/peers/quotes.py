"""What is written in an afternoon: quotes by FastAPI, from the service's database, read once at the start."""

import os
import sqlite3
from decimal import Decimal

from fastapi import FastAPI, HTTPException

MONTHS = {"monthly": 1, "quarterly": 3, "semiannual": 6, "annual": 12}


def load_boards(path):
    """The boards that hold now, by id, with their fees."""
    connection = sqlite3.connect(f"file:{path}?mode=ro", uri=True)
    connection.row_factory = sqlite3.Row
    boards = {}
    for board in connection.execute("SELECT * FROM vendor_boards WHERE to_version IS NULL"):
        fees = connection.execute("SELECT * FROM vendor_fees WHERE parent_row = ?", (board["row_id"],))
        boards[board["board_id"]] = {
            "name": board["name"],
            "status": board["pass_through_status"],
            "fees": [dict(fee) for fee in fees if fee["amount"] is not None],
        }
    return boards


app = FastAPI()
boards = load_boards(os.environ["DATABASE"])


@app.get("/quote")
async def quote(board: str, agents: int = 1, term_months: int = 12):
    found = boards.get(board)
    if found is None:
        raise HTTPException(404, f"no board {board}")
    lines = []
    for fee in found["fees"]:
        units = agents if fee["basis"] == "agent" else 1
        each = Decimal(fee["amount"]) * units
        months = MONTHS.get(fee["cadence"])
        bills = 1 if months is None else -(-term_months // months)
        lines.append({
            "key": fee["fee_key"],
            "label": fee["label"],
            "amount": fee["amount"],
            "currency": fee["currency"],
            "cadence": fee["cadence"],
            "billing_amount": str(each),
            "term_total": str(each * bills),
        })
    total = sum((Decimal(line["term_total"]) for line in lines), Decimal())
    return {"board": board, "name": found["name"], "status": found["status"], "lines": lines, "term_total": str(total)}
