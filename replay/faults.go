package replay

import (
	"bytes"
	"fmt"

	"github.com/goccy/go-yaml"
)

// ParseFaults reads faults in YAML: a list, or one under "faults".
func ParseFaults(data []byte) ([]Fault, error) {
	var file struct {
		Faults []Fault `yaml:"faults"`
	}
	var target any = &file
	if first := bytes.TrimLeft(stripComments(data), " \t\r\n"); len(first) > 0 && (first[0] == '-' || first[0] == '[') {
		target = &file.Faults
	}
	if err := yaml.UnmarshalWithOptions(data, target, yaml.Strict()); err != nil {
		return nil, fmt.Errorf("read faults: %w", err)
	}
	for i := range file.Faults {
		if err := file.Faults[i].check(); err != "" {
			return nil, &FaultError{fmt.Sprintf("number %d", i+1), err}
		}
	}
	return file.Faults, nil
}

// stripComments takes leading comment lines and document marks away.
func stripComments(data []byte) []byte {
	for {
		data = bytes.TrimLeft(data, " \t\r\n")
		if !bytes.HasPrefix(data, []byte("#")) && !bytes.HasPrefix(data, []byte("---")) {
			return data
		}
		i := bytes.IndexByte(data, '\n')
		if i < 0 {
			return nil
		}
		data = data[i+1:]
	}
}
