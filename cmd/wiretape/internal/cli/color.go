package cli

import "os"

// colorWanted follows the convention of no-color.org.
func colorWanted() bool { return os.Getenv("NO_COLOR") == "" && os.Getenv("TERM") != "dumb" }
