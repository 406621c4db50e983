package har

import (
	"strconv"
)

// members reads an object, or anything else with a defect, but for null; ok
// tells that it was an object.
func (im *importer) members(where string, member func(name string) error) (ok bool, err error) {
	c, err := im.peek()
	switch {
	case err != nil:
		return false, err
	case c == '{':
		return true, im.object(member)
	case c != 'n':
		im.defect(where, "is %s, not an object", kindOf(c))
	}
	return false, im.skip()
}

// elements is members for a list.
func (im *importer) elements(where string, element func(i int) error) (ok bool, err error) {
	c, err := im.peek()
	switch {
	case err != nil:
		return false, err
	case c == '[':
		return true, im.array(element)
	case c != 'n':
		im.defect(where, "is %s, not a list", kindOf(c))
	}
	return false, im.skip()
}

// kindOf names the kind of value that begins with c.
func kindOf(c byte) string {
	switch c {
	case '{':
		return "an object"
	case '[':
		return "a list"
	case '"':
		return "a string"
	case 't', 'f':
		return "true or false"
	case 'n':
		return "null"
	}
	return "a number"
}

// string reads a short string. A number is taken for its digits, null for
// nothing.
func (im *importer) string(where string, into *string) error {
	c, err := im.peek()
	switch {
	case err != nil:
		return err
	case c == '"':
		b := brief{max: maxText}
		if err := im.text(&b); err != nil {
			return err
		}
		if b.over {
			im.defect(where, "is longer than %d MiB and was cut there", maxText>>20)
		}
		*into = string(b.p)
		return nil
	case c == 'n':
		return im.skip()
	case c == '-' || '0' <= c && c <= '9':
		*into, err = im.literal()
		return err
	}
	im.defect(where, "is %s, not a string", kindOf(c))
	return im.skip()
}

func (im *importer) strings(where string, into *[]string) error {
	_, err := im.elements(where, func(int) error {
		var s string
		err := im.string(where, &s)
		*into = append(*into, s)
		return err
	})
	return err
}

// digits reads a number as it stands, also one in quotes; "" for null and for
// what is none.
func (im *importer) digits(where string) (string, error) {
	c, err := im.peek()
	switch {
	case err != nil:
		return "", err
	case c == '-' || '0' <= c && c <= '9':
		return im.literal()
	case c == '"':
		var s string
		if err := im.string(where, &s); err != nil {
			return "", err
		}
		if _, err := strconv.ParseFloat(s, 64); err == nil {
			return s, nil
		}
		if s != "" {
			im.defect(where, "is %q, not a number", clip(s))
		}
		return "", nil
	case c != 'n':
		im.defect(where, "is %s, not a number", kindOf(c))
	}
	return "", im.skip()
}

// integer reads a whole number; a fraction is cut off.
func (im *importer) integer(where string, into *int64) error {
	s, err := im.digits(where)
	if err != nil || s == "" {
		return err
	}
	if n, err := strconv.ParseInt(s, 10, 64); err == nil {
		*into = n
		return nil
	}
	f, err := strconv.ParseFloat(s, 64)
	if err != nil || f < -1<<63 || f >= 1<<63 {
		im.defect(where, "is %s, which is no number of anything", clip(s))
		return nil
	}
	*into = int64(f)
	return nil
}

// float reads a number.
func (im *importer) float(where string, into *float64) error {
	s, err := im.digits(where)
	if err != nil || s == "" {
		return err
	}
	f, err := strconv.ParseFloat(s, 64)
	if err != nil {
		im.defect(where, "is %s, which is no number of anything", clip(s))
		return nil
	}
	*into = f
	return nil
}

// boolean reads true or false.
func (im *importer) boolean(where string, into *bool) error {
	c, err := im.peek()
	if err != nil {
		return err
	}
	if c != 't' && c != 'f' {
		if c != 'n' {
			im.defect(where, "is %s, not true or false", kindOf(c))
		}
		return im.skip()
	}
	s, err := im.literal()
	*into = s == "true"
	return err
}

// clip shortens what is shown of a value.
func clip(s string) string {
	if len(s) > 40 {
		return s[:40] + "…"
	}
	return s
}
