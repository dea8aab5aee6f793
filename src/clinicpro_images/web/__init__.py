"""HTTP without any slice: the app, middleware, problems, limits, cookies and pages."""
