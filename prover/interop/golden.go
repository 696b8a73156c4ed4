package interop

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"io"

	"github.com/sage-network/sage-node/prover/proof"
)

// GoldenFile is the name of a case's data file in testdata.
func (c Case) GoldenFile() string { return c.Name() + ".json.gz" }

// Pack compresses what the Rust program wrote for a data file.
func Pack(data []byte) ([]byte, error) {
	var out bytes.Buffer
	w, err := gzip.NewWriterLevel(&out, gzip.BestCompression)
	if err != nil {
		return nil, err
	}
	if _, err := w.Write(data); err != nil {
		return nil, err
	}
	if err := w.Close(); err != nil {
		return nil, err
	}
	return out.Bytes(), nil
}

// Unpack reverses Pack; it reads at most proof.MaxJSON bytes.
func Unpack(data []byte) ([]byte, error) {
	r, err := gzip.NewReader(bytes.NewReader(data))
	if err != nil {
		return nil, err
	}
	out, err := io.ReadAll(io.LimitReader(r, proof.MaxJSON+1))
	if err != nil {
		return nil, err
	}
	if len(out) > proof.MaxJSON {
		return nil, fmt.Errorf("%w: more than %d bytes", proof.ErrTooLarge, proof.MaxJSON)
	}
	return out, nil
}
