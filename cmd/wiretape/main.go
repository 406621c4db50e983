// Command wiretape records what real-time APIs say on the wire and plays it
// back.
package main

import (
	"os"

	"github.com/wiretape/wiretape/cmd/wiretape/internal/cli"
)

func main() { os.Exit(cli.Main(os.Args[1:], os.Stdin, os.Stdout, os.Stderr)) }
