package wire

import (
	"encoding/binary"
	"fmt"
	"net/url"
	"strconv"

	"github.com/sage-network/sage-node/job"
)

// Blobs travel over HTTP, addressed by their BLAKE3 hash.
//
// A worker uploads with PUT /v1/blobs/{hash}?{Upload.Query} and its session token as bearer token:
// the proof file (kind proof) and the entries of C, row by row, little-endian u32 (kind result).
// The coordinator answers 201 only after it has checked the hash and stored the blob durably; for a
// result only after it has also recomputed the root of C's column and found Commitment. So the
// answer is the acknowledgement that a worker awaits before it sends submit_result. Other answers
// carry a [Refusal]: 401 unknown session, 404 no such attempt, 409 stale fence, 413 too large, 422
// hash or commitment do not match.
//
// GET /v1/blobs/{hash} serves results and proofs to anybody once their submission is on L2, and a
// job's input to the session of a worker that holds an attempt of it.

// BlobKind says what a blob is.
type BlobKind string

// The kinds of blobs that a worker uploads.
const (
	BlobProof  BlobKind = "proof"
	BlobResult BlobKind = "result"
)

// Limits of blobs in bytes.
const (
	MaxProofBlob  = 256 << 10
	MaxResultBlob = 4 * job.MaxSize * job.MaxSize
	MaxInputBlob  = 4 + 2*(16+4*job.MaxSize*job.MaxSize)
)

// Upload says which attempt a blob belongs to.
type Upload struct {
	Kind       BlobKind
	Job        job.ID
	Attempt    uint32
	Fence      uint64
	Commitment job.Hash // kind result: the root of C's column
}

// Query is the URL's query string.
func (u Upload) Query() string {
	v := url.Values{}
	v.Set("kind", string(u.Kind))
	v.Set("job", u.Job.String())
	v.Set("attempt", strconv.FormatUint(uint64(u.Attempt), 10))
	v.Set("fence", strconv.FormatUint(u.Fence, 10))
	if u.Kind == BlobResult {
		v.Set("commitment", u.Commitment.String())
	}
	return v.Encode()
}

// ParseUpload reads what Query writes.
func ParseUpload(v url.Values) (Upload, error) {
	u := Upload{Kind: BlobKind(v.Get("kind"))}
	if u.Kind != BlobProof && u.Kind != BlobResult {
		return u, fmt.Errorf("%w: kind %q, want proof or result", ErrMalformed, v.Get("kind"))
	}
	var err error
	if u.Job, err = job.ParseID(v.Get("job")); err != nil {
		return u, fmt.Errorf("%w: %w", ErrMalformed, err)
	}
	attempt, err := strconv.ParseUint(v.Get("attempt"), 10, 32)
	if err != nil || attempt == 0 {
		return u, fmt.Errorf("%w: attempt %q, want a number from 1", ErrMalformed, v.Get("attempt"))
	}
	u.Attempt = uint32(attempt)
	if u.Fence, err = strconv.ParseUint(v.Get("fence"), 10, 64); err != nil {
		return u, fmt.Errorf("%w: fence %q, want a number", ErrMalformed, v.Get("fence"))
	}
	if u.Kind == BlobResult {
		if u.Commitment, err = job.ParseHash(v.Get("commitment")); err != nil {
			return u, fmt.Errorf("%w: commitment: %w", ErrMalformed, err)
		}
	}
	return u, nil
}

// MaxBytes is the largest blob of the upload's kind.
func (u Upload) MaxBytes() int64 {
	if u.Kind == BlobProof {
		return MaxProofBlob
	}
	return MaxResultBlob
}

// JoinInput is the encoding of an uploaded pair of matrices: the length of a's binary form as
// little-endian u32, then both binary forms.
func JoinInput(a, b []byte) []byte {
	out := binary.LittleEndian.AppendUint32(make([]byte, 0, 4+len(a)+len(b)), uint32(len(a)))
	return append(append(out, a...), b...)
}

// SplitInput undoes JoinInput. The halves share the blob's memory.
func SplitInput(blob []byte) (a, b []byte, err error) {
	if len(blob) > MaxInputBlob {
		return nil, nil, fmt.Errorf("%w: input of %d bytes, at most %d", ErrTooLarge, len(blob), MaxInputBlob)
	}
	if len(blob) < 4 {
		return nil, nil, fmt.Errorf("%w: input of %d bytes has no head", ErrMalformed, len(blob))
	}
	n := binary.LittleEndian.Uint32(blob)
	rest := blob[4:]
	if uint64(n) > uint64(len(rest)) {
		return nil, nil, fmt.Errorf("%w: first matrix of %d bytes, %d are left", ErrMalformed, n, len(rest))
	}
	return rest[:n], rest[n:], nil
}
