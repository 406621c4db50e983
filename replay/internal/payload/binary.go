package payload

import "strconv"

// Layout tells which fields the binary payloads of one direction have. All
// other bytes are compared as they are.
type Layout struct {
	Fields []BinaryField
}

// BinaryField is a run of bytes at a fixed place.
type BinaryField struct {
	Offset, Width int
}

// Name is how the field is called in paths: "bytes[1:3]".
func (f BinaryField) Name() string {
	return "bytes[" + strconv.Itoa(f.Offset) + ":" + strconv.Itoa(f.Offset+f.Width) + "]"
}

// binary takes a binary payload apart by the layout. The frame is the bytes in
// no field.
func (p *Parser) binary(d *Doc) {
	d.Format = Binary
	var around []byte
	last := 0
	if p.Layout != nil {
		for _, f := range p.Layout.Fields {
			if f.Offset < last || f.Offset+f.Width > len(d.Data) {
				continue
			}
			around = append(around, d.Data[last:f.Offset]...)
			last = f.Offset + f.Width
			d.Leaves = append(d.Leaves, Leaf{
				Path: p.paths.root(f.Name()), Kind: Bytes,
				Value: string(d.Data[f.Offset:last]), Start: f.Offset, End: last,
			})
		}
	}
	d.Frame = string(append(around, d.Data[last:]...))
}
