# The same job as rival.mjs in Python: a PATCH for each row. argv: CSV, concurrency.
import asyncio
import csv
import os
import sys

import aiohttp


async def main(path, concurrency):
    base = os.environ["CONTACT_SYNC_BASE_URL"]
    headers = {"authorization": "Bearer " + os.environ["CONTACT_SYNC_API_KEY"]}
    limit = asyncio.Semaphore(concurrency)
    async with aiohttp.ClientSession(headers=headers, raise_for_status=True) as session:

        async def patch(row):
            contact = row.pop("contact_id")
            body = {name: cell for name, cell in row.items() if cell != ""}
            async with limit:
                async with session.patch(f"{base}/v1/preview/contacts/{contact}", json=body) as response:
                    await response.json()

        with open(path, newline="") as file:
            await asyncio.gather(*[patch(row) for row in csv.DictReader(file)])


asyncio.run(main(sys.argv[1], int(sys.argv[2])))
