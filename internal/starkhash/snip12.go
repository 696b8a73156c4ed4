package starkhash

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/NethermindEth/juno/core/felt"
)

// ErrTypedData says that a typed-data definition breaks the rules of SNIP-12.
var ErrTypedData = errors.New("starkhash: invalid typed data")

var (
	messagePrefix = MustShortString("StarkNet Message")
	domainType    = preset("StarknetDomain", []Member{
		{"name", "shortstring"}, {"version", "shortstring"}, {"chainId", "shortstring"}, {"revision", "shortstring"},
	})
	u256Type = preset("u256", []Member{{"low", "u128"}, {"high", "u128"}})
)

// Domain separates the typed-data messages of one application on one chain from all others (SNIP-12, revision 1).
type Domain struct {
	// Name of the application, a short string.
	Name felt.Felt
	// Version of the application's messages, a short string or small number.
	Version felt.Felt
	// ChainID of Starknet, a short string such as SN_MAIN.
	ChainID felt.Felt
}

// NewDomain returns the domain with the ASCII short strings name and version.
func NewDomain(name, version string, chainID felt.Felt) (Domain, error) {
	n, err := ShortString(name)
	if err != nil {
		return Domain{}, fmt.Errorf("domain name: %w", err)
	}
	v, err := ShortString(version)
	if err != nil {
		return Domain{}, fmt.Errorf("domain version: %w", err)
	}
	return Domain{Name: n, Version: v, ChainID: chainID}, nil
}

// Hash returns the domain separator.
func (d Domain) Hash() felt.Felt {
	return domainType.Hash(d.Name, d.Version, d.ChainID, felt.One)
}

// MessageHash returns what an account signs: Poseidon('StarkNet Message', domain separator, account, hash of the
// message's struct).
func MessageHash(d Domain, account, structHash felt.Felt) felt.Felt {
	return PoseidonMany(messagePrefix, d.Hash(), account, structHash)
}

// Member is one member of a typed-data struct. Type is a basic type of SNIP-12 (felt, bool, u128, i128,
// shortstring, timestamp, selector, ContractAddress, ClassHash, string), the preset u256, the name of another struct, or
// one of these followed by * for an array.
type Member struct {
	Name, Type string
}

// StructType is a typed-data struct of SNIP-12. Enums, merkle trees and the presets other than u256 are not
// supported.
type StructType struct {
	name     string
	members  []Member
	encoding string
	hash     felt.Felt
	// referenced holds this struct's encoding without references, and those of all structs below it, by name.
	referenced map[string]string
}

// NewStructType defines a struct. Structs that its members name must be given in nested, but for u256.
func NewStructType(name string, members []Member, nested ...*StructType) (*StructType, error) {
	return newStructType(name, members, append([]*StructType{u256Type}, nested...))
}

func newStructType(name string, members []Member, nested []*StructType) (*StructType, error) {
	t := &StructType{name: name, members: slices.Clone(members), referenced: map[string]string{}}
	if err := checkName(name); err != nil {
		return nil, err
	}
	if basicType(name) {
		return nil, fmt.Errorf("%w: %q is a basic type", ErrTypedData, name)
	}
	known := map[string]*StructType{}
	for _, n := range nested {
		if _, ok := known[n.name]; ok || n.name == name {
			return nil, fmt.Errorf("%w: the type %q is defined twice", ErrTypedData, n.name)
		}
		known[n.name] = n
	}
	var own strings.Builder
	own.WriteString(strconv.Quote(name) + "(")
	seen := map[string]bool{}
	for i, m := range members {
		if err := checkName(m.Name); err != nil {
			return nil, err
		}
		if seen[m.Name] {
			return nil, fmt.Errorf("%w: %s has two members %q", ErrTypedData, name, m.Name)
		}
		seen[m.Name] = true
		element := strings.TrimSuffix(m.Type, "*")
		if !basicType(element) {
			ref, ok := known[element]
			if !ok {
				return nil, fmt.Errorf("%w: %s.%s has the unknown type %q", ErrTypedData, name, m.Name, m.Type)
			}
			for n, e := range ref.referenced {
				if old, ok := t.referenced[n]; ok && old != e {
					return nil, fmt.Errorf("%w: the type %q has two definitions below %s", ErrTypedData, n, name)
				}
				t.referenced[n] = e
			}
		}
		if i > 0 {
			own.WriteByte(',')
		}
		own.WriteString(strconv.Quote(m.Name) + ":" + strconv.Quote(m.Type))
	}
	own.WriteByte(')')
	if _, ok := t.referenced[name]; ok {
		return nil, fmt.Errorf("%w: %s contains itself", ErrTypedData, name)
	}
	t.encoding = own.String()
	names := make([]string, 0, len(t.referenced))
	for n := range t.referenced {
		names = append(names, n)
	}
	slices.Sort(names)
	for _, n := range names {
		t.encoding += t.referenced[n]
	}
	t.referenced[name] = own.String()
	t.hash = Keccak([]byte(t.encoding))
	return t, nil
}

// MustStructType is NewStructType for definitions that are constants of the program; it panics where that fails.
func MustStructType(name string, members []Member, nested ...*StructType) *StructType {
	t, err := NewStructType(name, members, nested...)
	if err != nil {
		panic(err)
	}
	return t
}

func preset(name string, members []Member) *StructType {
	t, err := newStructType(name, members, nil)
	if err != nil {
		panic(err)
	}
	return t
}

// Encoding returns encode_type: the definition of the struct and, in order of their names, of those it refers to.
func (t *StructType) Encoding() string { return t.encoding }

// TypeHash returns sn_keccak of the encoding, which is the constant that a contract compares with.
func (t *StructType) TypeHash() felt.Felt { return t.hash }

// Hash returns the hash of a value of this struct: Poseidon(type hash, members…). A nested struct is given by its own
// hash, a u256 by [HashU256], an array by [HashArray]. It panics when the number of values is not that of the members,
// which only a mistake in the program can cause.
func (t *StructType) Hash(members ...felt.Felt) felt.Felt {
	if len(members) != len(t.members) {
		panic(fmt.Sprintf("starkhash: %s has %d members, got %d values", t.name, len(t.members), len(members)))
	}
	var h Sponge
	h.Write(t.hash)
	h.Write(members...)
	return h.Sum()
}

// HashU256 returns what stands for a u256 member: the hash of the preset struct u256. b is big-endian.
func HashU256(b [32]byte) felt.Felt {
	low, high := SplitU256(b)
	return u256Type.Hash(low, high)
}

// HashArray returns what stands for an array member, given what stands for its elements.
func HashArray(elements ...felt.Felt) felt.Felt {
	return PoseidonMany(elements...)
}

func basicType(t string) bool {
	switch t {
	case "felt", "bool", "u128", "i128", "shortstring", "timestamp", "selector", "ContractAddress", "ClassHash", "string":
		return true
	}
	return false
}

func checkName(name string) error {
	if name == "" {
		return fmt.Errorf("%w: an empty name", ErrTypedData)
	}
	for i := range len(name) {
		if c := name[i]; c < 0x20 || c > 0x7e || strings.IndexByte(`"\*(),`, c) >= 0 {
			return fmt.Errorf("%w: the name %q holds the character %q", ErrTypedData, name, c)
		}
	}
	return nil
}
