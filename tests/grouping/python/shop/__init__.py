"""The shop: storefront, payments, stock, mailer and importer over one code base."""
