package view

import (
	"io"

	"github.com/wiretape/wiretape/capture"
)

func Head(w io.Writer, ex *capture.Exchange, st Style) error { return nil }

func Format(w io.Writer, p []byte, as As, mediaType string, st Style) error { return nil }
func Detect(p []byte, mediaType string) As                                  { return Text }
func Hexdump(w io.Writer, p []byte, offset int64) error                     { return nil }
