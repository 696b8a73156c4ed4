package prover

import (
	"encoding/binary"
	"fmt"
	"io"

	"lukechampine.com/blake3"

	"github.com/sage-network/sage-node/prover/air/matmul"
	"github.com/sage-network/sage-node/prover/m31"
)

// MaxSize is the largest number of rows or columns of a matrix.
const MaxSize = 1 << matmul.MaxK

// Matrix is a matrix over M31. Its zero value is not valid.
type Matrix struct {
	Rows, Columns int
	// Data holds Rows·Columns entries, row by row, each below 2³¹ − 1.
	Data []uint32
}

// Validate reports whether the sizes are 1 to MaxSize, the number of entries is
// their product, and every entry is below 2³¹ − 1.
func (m Matrix) Validate() error {
	if err := checkSize(m.Rows, m.Columns); err != nil {
		return err
	}
	if len(m.Data) != m.Rows*m.Columns {
		return fmt.Errorf("%w: %d×%d with %d entries, want %d", ErrMatrix, m.Rows, m.Columns, len(m.Data), m.Rows*m.Columns)
	}
	for i, v := range m.Data {
		if !m31.Canonical(v) {
			return fmt.Errorf("%w: entry (%d, %d) is %d, want less than 2³¹ − 1", ErrMatrix, i/m.Columns, i%m.Columns, v)
		}
	}
	return nil
}

func checkSize(rows, columns int) error {
	if rows < 1 || rows > MaxSize || columns < 1 || columns > MaxSize {
		return fmt.Errorf("%w: %d×%d, each size must be 1 to %d", ErrMatrix, rows, columns, MaxSize)
	}
	return nil
}

// entries returns the entries as little-endian u32, row by row.
func (m Matrix) entries(out []byte) []byte {
	for _, v := range m.Data {
		out = binary.LittleEndian.AppendUint32(out, v)
	}
	return out
}

// ResultHash returns BLAKE3 of the entries, row by row, as little-endian u32:
// the result_hash that a worker announces. The sizes are not part of it; they are
// part of the statement.
func ResultHash(c Matrix) [32]byte { return blake3.Sum256(c.entries(nil)) }

// The binary form of a matrix: the magic, the number of rows and of columns, then
// the entries row by row, all numbers little-endian u32; nothing after them.
const (
	matrixMagic  = "SAGEMAT\x01"
	matrixHeader = len(matrixMagic) + 8
)

// MaxMatrixBytes is the size of the largest matrix in its binary form.
const MaxMatrixBytes = matrixHeader + 4*MaxSize*MaxSize

// MarshalBinary returns the matrix's binary form.
func (m Matrix) MarshalBinary() ([]byte, error) {
	if err := m.Validate(); err != nil {
		return nil, err
	}
	out := make([]byte, 0, matrixHeader+4*len(m.Data))
	out = append(out, matrixMagic...)
	out = binary.LittleEndian.AppendUint32(out, uint32(m.Rows))
	out = binary.LittleEndian.AppendUint32(out, uint32(m.Columns))
	return m.entries(out), nil
}

// UnmarshalBinary reads a matrix's binary form. It takes exactly what
// MarshalBinary returns.
func (m *Matrix) UnmarshalBinary(data []byte) error {
	if len(data) < matrixHeader || string(data[:len(matrixMagic)]) != matrixMagic {
		return fmt.Errorf("%w: not a matrix: the head is missing", ErrMatrix)
	}
	sizes := data[len(matrixMagic):]
	rows, columns := binary.LittleEndian.Uint32(sizes), binary.LittleEndian.Uint32(sizes[4:])
	if rows > MaxSize || columns > MaxSize {
		return fmt.Errorf("%w: %d×%d, each size must be 1 to %d", ErrMatrix, rows, columns, MaxSize)
	}
	if err := checkSize(int(rows), int(columns)); err != nil {
		return err
	}
	body := data[matrixHeader:]
	if want := 4 * int(rows) * int(columns); len(body) != want {
		return fmt.Errorf("%w: %d×%d with %d bytes of entries, want %d", ErrMatrix, rows, columns, len(body), want)
	}
	read := Matrix{Rows: int(rows), Columns: int(columns), Data: make([]uint32, len(body)/4)}
	for i := range read.Data {
		read.Data[i] = binary.LittleEndian.Uint32(body[4*i:])
	}
	if err := read.Validate(); err != nil {
		return err
	}
	*m = read
	return nil
}

// Expand derives the inputs A (rows × inner) and B (inner × columns) from a
// seed: BLAKE3's extendable output as little-endian u32, words that are not below
// 2³¹ − 1 skipped, A before B, row by row.
func Expand(seed [32]byte, rows, inner, columns int) (a, b Matrix, err error) {
	if err := checkSize(rows, inner); err != nil {
		return a, b, err
	}
	if err := checkSize(inner, columns); err != nil {
		return a, b, err
	}
	h := blake3.New(32, nil)
	h.Write(seed[:]) // a hash's Write does not fail
	stream := wordStream{source: h.XOF()}
	a = Matrix{Rows: rows, Columns: inner, Data: make([]uint32, rows*inner)}
	b = Matrix{Rows: inner, Columns: columns, Data: make([]uint32, inner*columns)}
	for _, data := range [][]uint32{a.Data, b.Data} {
		for i := range data {
			if data[i], err = stream.next(); err != nil {
				return Matrix{}, Matrix{}, fmt.Errorf("expanding the seed: %w", err)
			}
		}
	}
	return a, b, nil
}

// wordStream yields the canonical words of a byte stream.
type wordStream struct {
	source io.Reader
	buf    [4096]byte
	rest   []byte
}

func (s *wordStream) next() (uint32, error) {
	for {
		if len(s.rest) == 0 {
			if _, err := io.ReadFull(s.source, s.buf[:]); err != nil {
				return 0, err
			}
			s.rest = s.buf[:]
		}
		w := binary.LittleEndian.Uint32(s.rest)
		s.rest = s.rest[4:]
		if m31.Canonical(w) {
			return w, nil
		}
	}
}
