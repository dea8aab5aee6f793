"""Photos of earlier visits: what the demo's patients have in Inbox Scan before anything is filed."""
