package main

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
)

// contract is what the ABI of one class says.
type contract struct {
	name        string
	class       string // hash
	constructor []param
	functions   []function
	events      []event
	structs     map[string][]param
	enums       map[string][]param
}

type param struct {
	name string
	typ  cairoType
	key  bool
}

type function struct {
	name    string
	inputs  []param
	outputs []cairoType
	view    bool
}

// event is one leaf of the contract's tree of events: the names of the variants that lead to it are its leading keys.
type event struct {
	keys    []string
	members []param
}

// entry is one item of an ABI, whatever its type.
type entry struct {
	Type            string
	Name            string
	Kind            string
	Items           []entry
	Inputs, Outputs []field
	Members         []field
	Variants        []field
	StateMutability string `json:"state_mutability"`
}

type field struct {
	Name, Type, Kind string
}

func parseContract(name string, class []byte) (*contract, error) {
	var file struct{ ABI []entry }
	if err := json.Unmarshal(class, &file); err != nil {
		return nil, err
	}
	if len(file.ABI) == 0 {
		return nil, fmt.Errorf("the class has no ABI")
	}
	c := &contract{name: name, structs: map[string][]param{}, enums: map[string][]param{}}
	events := map[string]entry{}
	root := ""
	for _, e := range file.ABI {
		var err error
		switch e.Type {
		case "impl":
		case "interface":
			for _, item := range e.Items {
				if err = c.addFunction(item); err != nil {
					break
				}
			}
		case "function":
			err = c.addFunction(e)
		case "constructor":
			c.constructor, err = params(e.Inputs)
		case "struct":
			err = define(c.structs, e.Name, e.Members)
		case "enum":
			err = define(c.enums, e.Name, e.Variants)
		case "event":
			events[e.Name] = e
			if strings.HasSuffix(e.Name, "::"+name+"::Event") {
				root = e.Name
			}
		default:
			err = fmt.Errorf("ABI entries of type %q are not supported", e.Type)
		}
		if err != nil {
			return nil, fmt.Errorf("%s: %w", e.Name, err)
		}
	}
	if root != "" {
		if err := c.addEvents(events, root, nil); err != nil {
			return nil, err
		}
	}
	c.dropCamelTwins()
	return c, nil
}

func (c *contract) addFunction(e entry) error {
	if e.Type != "function" {
		return fmt.Errorf("interface items of type %q are not supported", e.Type)
	}
	inputs, err := params(e.Inputs)
	if err != nil {
		return err
	}
	f := function{name: e.Name, inputs: inputs, view: e.StateMutability == "view"}
	for _, o := range e.Outputs {
		t, err := parseType(o.Type)
		if err != nil {
			return err
		}
		f.outputs = append(f.outputs, t)
	}
	c.functions = append(c.functions, f)
	return nil
}

// dropCamelTwins removes entry points such as balanceOf where there is a balance_of of the same shape.
func (c *contract) dropCamelTwins() {
	snakes := map[string]bool{}
	for _, f := range c.functions {
		if strings.Contains(f.name, "_") {
			snakes[camel(f.name)] = true
		}
	}
	c.functions = slices.DeleteFunc(c.functions, func(f function) bool {
		return !strings.Contains(f.name, "_") && snakes[camel(f.name)]
	})
}

func (c *contract) addEvents(all map[string]entry, name string, keys []string) error {
	e, ok := all[name]
	if !ok {
		return fmt.Errorf("the event %s is not in the ABI", name)
	}
	switch e.Kind {
	case "struct":
		members, err := params(e.Members)
		if err != nil {
			return err
		}
		c.events = append(c.events, event{keys: keys, members: members})
	case "enum":
		for _, v := range e.Variants {
			path := slices.Clone(keys)
			if v.Kind != "flat" {
				path = append(path, v.Name)
			}
			if err := c.addEvents(all, v.Type, path); err != nil {
				return err
			}
		}
	default:
		return fmt.Errorf("the event %s is of kind %q", name, e.Kind)
	}
	return nil
}

// define keeps a struct or enum, but for those of Cairo's core library, which have Go types of their own.
func define(into map[string][]param, name string, fields []field) error {
	if strings.HasPrefix(name, "core::") {
		return nil
	}
	if strings.Contains(name, "<") {
		return fmt.Errorf("generic types are not supported")
	}
	members, err := params(fields)
	if err != nil {
		return err
	}
	into[name] = members
	return nil
}

func params(fields []field) ([]param, error) {
	var out []param
	for _, f := range fields {
		t, err := parseType(f.Type)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", f.Name, err)
		}
		out = append(out, param{name: f.Name, typ: t, key: f.Kind == "key"})
	}
	return out, nil
}

// nameTypes gives every struct and enum of the contracts a Go name: the last part of its path, with the module before it
// where two would clash.
func nameTypes(contracts []*contract) (map[string]string, error) {
	paths := map[string]bool{}
	for _, c := range contracts {
		for p := range c.structs {
			paths[p] = true
		}
		for p := range c.enums {
			paths[p] = true
		}
	}
	count := map[string]int{}
	for p := range paths {
		count[lastPart(p, 1)]++
	}
	names, taken := map[string]string{}, map[string]string{}
	for _, c := range contracts {
		taken[c.name] = "the contract " + c.name
	}
	for _, p := range sortedKeys(paths) {
		n := lastPart(p, 1)
		if _, clash := taken[n]; clash || count[n] > 1 {
			n = lastPart(p, 2)
		}
		if other, clash := taken[n]; clash {
			return nil, fmt.Errorf("%s and %s would both be %s in Go", other, p, n)
		}
		names[p], taken[n] = n, p
	}
	return names, nil
}

// lastPart returns the last n parts of a Cairo path in one Go name.
func lastPart(path string, n int) string {
	parts := strings.Split(path, "::")
	out := ""
	for _, p := range parts[max(0, len(parts)-n):] {
		out += camel(p)
	}
	return out
}
