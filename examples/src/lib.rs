//! Zones and whole programs that use lib-dns; see the package README.
