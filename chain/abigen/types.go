package main

import (
	"fmt"
	"strconv"
	"strings"
)

// cairoType is a Cairo type as ABIs write it.
type cairoType struct {
	// path of a named type; "tuple" or "fixed array" for those.
	path string
	args []cairoType
	// size of a fixed array.
	size int
}

const (
	tuple      = "tuple"
	fixedArray = "fixed array"
)

func parseType(s string) (cairoType, error) {
	p := typeParser{rest: s}
	t, err := p.parse()
	if err == nil && p.rest != "" {
		err = fmt.Errorf("%q follows", p.rest)
	}
	if err != nil {
		return cairoType{}, fmt.Errorf("type %q: %w", s, err)
	}
	return t, nil
}

type typeParser struct{ rest string }

func (p *typeParser) skip(prefix string) bool {
	p.rest = strings.TrimLeft(p.rest, " ")
	rest, ok := strings.CutPrefix(p.rest, prefix)
	if ok {
		p.rest = rest
	}
	return ok
}

func (p *typeParser) parse() (cairoType, error) {
	switch {
	case p.skip("@"):
		return p.parse()
	case p.skip("("):
		args, err := p.list(")")
		return cairoType{path: tuple, args: args}, err
	case p.skip("["):
		element, err := p.parse()
		if err != nil {
			return cairoType{}, err
		}
		if !p.skip(";") {
			return cairoType{}, fmt.Errorf("no size of the fixed array")
		}
		digits, _, _ := strings.Cut(p.rest, "]")
		size, err := strconv.Atoi(strings.TrimSpace(digits))
		if err != nil || size < 0 {
			return cairoType{}, fmt.Errorf("size %q of the fixed array", digits)
		}
		p.rest = strings.TrimPrefix(p.rest, digits)
		if !p.skip("]") {
			return cairoType{}, fmt.Errorf("no ] after the fixed array")
		}
		return cairoType{path: fixedArray, args: []cairoType{element}, size: size}, nil
	}
	end := strings.IndexAny(p.rest, "<>(),;[] ")
	if end < 0 {
		end = len(p.rest)
	}
	t := cairoType{path: strings.TrimSuffix(p.rest[:end], "::")}
	p.rest = p.rest[end:]
	if t.path == "" {
		return t, fmt.Errorf("a name is missing before %q", p.rest)
	}
	if p.skip("<") {
		var err error
		t.args, err = p.list(">")
		return t, err
	}
	return t, nil
}

func (p *typeParser) list(end string) ([]cairoType, error) {
	var out []cairoType
	for {
		if p.skip(end) {
			return out, nil
		}
		t, err := p.parse()
		if err != nil {
			return nil, err
		}
		out = append(out, t)
		if !p.skip(",") && !strings.HasPrefix(strings.TrimLeft(p.rest, " "), end) {
			return nil, fmt.Errorf("%q where , or %s should be", p.rest, end)
		}
	}
}

// scalar is a type of Cairo's core library with its Go type, the Encoder's method with the conversion it needs, and
// the Decoder's method.
type scalar struct {
	goType, encode, decode string
}

var scalars = map[string]scalar{
	"core::felt252":      {"felt.Felt", "Felt(%s)", "Felt"},
	"core::bool":         {"bool", "Bool(%s)", "Bool"},
	"core::integer::u8":  {"uint8", "Uint64(uint64(%s))", "Uint8"},
	"core::integer::u16": {"uint16", "Uint64(uint64(%s))", "Uint16"},
	"core::integer::u32": {"uint32", "Uint64(uint64(%s))", "Uint32"},
	"core::integer::u64": {"uint64", "Uint64(%s)", "Uint64"},

	"core::integer::u128":         {"abi.U128", "U128(%s)", "U128"},
	"core::integer::u256":         {"abi.U256", "U256(%s)", "U256"},
	"core::byte_array::ByteArray": {"string", "ByteArray(%s)", "ByteArray"},

	"core::starknet::contract_address::ContractAddress": {"felt.Felt", "Felt(%s)", "Address"},
	"core::starknet::class_hash::ClassHash":             {"felt.Felt", "Felt(%s)", "Address"},
}

// codec is how generated code names, writes and reads a type.
type codec struct {
	goType string
	// encode is a statement that writes the expression v to e.
	encode func(v string) string
	// decode is an expression that reads from d.
	decode string
}

func (e *emitter) codec(t cairoType) (codec, error) {
	if s, ok := scalars[t.path]; ok {
		return codec{
			goType: s.goType,
			encode: func(v string) string { return "e." + fmt.Sprintf(s.encode, v) },
			decode: "d." + s.decode + "()",
		}, nil
	}
	if name, ok := e.names[t.path]; ok && len(t.args) == 0 {
		return codec{
			goType: name,
			encode: func(v string) string { return v + ".Encode(e)" },
			decode: "Decode" + name + "(d)",
		}, nil
	}
	args := make([]codec, len(t.args))
	for i, a := range t.args {
		var err error
		if args[i], err = e.codec(a); err != nil {
			return codec{}, err
		}
	}
	switch {
	case t.path == "core::zeroable::NonZero" && len(args) == 1:
		return args[0], nil
	case (t.path == "core::array::Array" || t.path == "core::array::Span") && len(args) == 1:
		if t.args[0].path == tuple && len(t.args[0].args) == 0 {
			return codec{}, fmt.Errorf("arrays of the empty tuple are not supported")
		}
		return generic("Slice", "[]"+args[0].goType, args[0]), nil
	case t.path == "core::option::Option" && len(args) == 1:
		return generic("Option", "*"+args[0].goType, args[0]), nil
	case t.path == tuple && len(args) >= 2 && len(args) <= 4:
		return tupleCodec(args), nil
	}
	return codec{}, fmt.Errorf("the Cairo type %s (%d arguments) is not supported", t.path, len(t.args))
}

// generic is the codec of a container that package abi writes and reads with a function for its element.
func generic(what, goType string, element codec) codec {
	return codec{
		goType: goType,
		encode: func(v string) string {
			return fmt.Sprintf("abi.Encode%s(e, %s, func(e *abi.Encoder, v %s) { %s })", what, v, element.goType, element.encode("v"))
		},
		decode: fmt.Sprintf("abi.Decode%s(d, func(d *abi.Decoder) %s { return %s })", what, element.goType, element.decode),
	}
}

func tupleCodec(args []codec) codec {
	var types, reads []string
	for i, a := range args {
		types = append(types, a.goType)
		reads = append(reads, fmt.Sprintf("V%d: %s", i, a.decode))
	}
	goType := fmt.Sprintf("abi.Tuple%d[%s]", len(args), strings.Join(types, ", "))
	return codec{
		goType: goType,
		encode: func(v string) string {
			var writes []string
			for i, a := range args {
				writes = append(writes, a.encode(fmt.Sprintf("%s.V%d", v, i)))
			}
			return strings.Join(writes, "; ")
		},
		decode: goType + "{" + strings.Join(reads, ", ") + "}",
	}
}
