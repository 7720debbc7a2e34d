"""The words that every other module uses: requests, turns and blocks; events; replies; errors."""
