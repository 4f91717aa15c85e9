//! The reader.

use bytes::Bytes;

use super::cursor::Cursor;
use super::error::clip;
use super::metadata::NameIndex;
use super::tensor::known_type;
use super::{BlockFormat, GgufError, Matrix, Metadata, TensorInfo};

/// Bytes of a metadata key. The specification allows 65,535; no known key reaches 100, and errors repeat keys.
pub const MAX_KEY_BYTES: usize = 1 << 10;
/// Bytes of a tensor's name. The specification says 64; some multimodal files are longer.
pub const MAX_NAME_BYTES: usize = 256;
/// Dimensions of a tensor, as in GGML.
pub const MAX_DIMENSIONS: u32 = 4;
/// Bytes that `general.alignment` may ask for: a page of the largest common page size. Files use 32.
pub const MAX_ALIGNMENT: u32 = 1 << 16;
/// Bytes of alignment where the file does not say.
pub const DEFAULT_ALIGNMENT: u32 = 32;
/// The key of the alignment.
pub(super) const ALIGNMENT_KEY: &str = "general.alignment";
/// Length, one character, type, and one byte of value: no metadata entry is shorter.
const MIN_ENTRY_BYTES: usize = 8 + 1 + 4 + 1;
/// Length, one character, rank, one dimension, type, offset: no tensor entry is shorter.
const MIN_TENSOR_BYTES: usize = 8 + 1 + 4 + 8 + 4 + 8;

/// A GGUF file (version 2 or 3, little endian): metadata, and tensors that share the file's bytes.
///
/// ```
/// use duet_engine::gguf::{BlockFormat, Gguf, Matrix, Value, write};
///
/// let metadata = vec![("general.architecture".to_owned(), Value::from("llama"))];
/// let tensors = vec![("w".to_owned(), Matrix::quantized(BlockFormat::F32, 1, 2, &[1.0, 2.0])?)];
/// let gguf = Gguf::parse(write(&metadata, &tensors)?.into())?;
/// assert_eq!(gguf.str("general.architecture")?, "llama");
/// assert_eq!(gguf.vector("w")?, [1.0, 2.0]);
/// assert_eq!(gguf.u32("llama.block_count").unwrap_err().to_string(),
///            "the key \"llama.block_count\" is missing");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone)]
pub struct Gguf {
    bytes: Bytes,
    version: u32,
    alignment: u32,
    metadata: Metadata,
    tensors: Vec<TensorInfo>,
    index: NameIndex,
}

fn name_of(tensor: &TensorInfo) -> &str {
    &tensor.name
}

impl Gguf {
    /// Reads a whole file. Tensors are slices of `bytes`, nothing is copied or unpacked.
    ///
    /// # Errors
    /// [`GgufError`] naming the field, its value and the limit. Tensors of a type that this engine cannot compute
    /// with are no error until they are asked for.
    pub fn parse(bytes: Bytes) -> Result<Self, GgufError> {
        let mut cursor = Cursor::new(&bytes);
        let version = header(&mut cursor, &bytes)?;
        let tensor_count = cursor.count(MIN_TENSOR_BYTES, "the number of tensors")?;
        let entry_count = cursor.count(MIN_ENTRY_BYTES, "the number of metadata entries")?;
        let entries = cursor.repeat(entry_count, |cursor| {
            let key = cursor.string(MAX_KEY_BYTES, "a metadata key")?;
            let value = cursor.value(&key)?;
            Ok((key, value))
        })?;
        let metadata = Metadata::new(entries)?;
        let alignment = alignment(&metadata)?;
        let declared = cursor.repeat(tensor_count, |cursor| declared_tensor(cursor, alignment))?;
        let data = cursor.position().next_multiple_of(alignment as usize);
        let tensors =
            declared.into_iter().map(|tensor| tensor.place(data, bytes.len())).collect::<Result<Vec<_>, _>>()?;
        check_overlap(&tensors)?;
        let index = NameIndex::new(&tensors, name_of, "tensor")?;
        Ok(Self { bytes, version, alignment, metadata, tensors, index })
    }

    /// Version of the format, 2 or 3.
    #[must_use]
    pub fn version(&self) -> u32 {
        self.version
    }

    /// Alignment of the tensors' data, in bytes.
    #[must_use]
    pub fn alignment(&self) -> u32 {
        self.alignment
    }

    /// Bytes of the whole file.
    #[must_use]
    pub fn file_bytes(&self) -> usize {
        self.bytes.len()
    }

    /// The metadata.
    #[must_use]
    pub fn metadata(&self) -> &Metadata {
        &self.metadata
    }

    /// Every tensor, in the order of the file.
    #[must_use]
    pub fn tensors(&self) -> &[TensorInfo] {
        &self.tensors
    }

    /// What the file says of one tensor.
    #[must_use]
    pub fn tensor(&self, name: &str) -> Option<&TensorInfo> {
        self.index.find(&self.tensors, name_of, name)
    }

    /// Whether there is a tensor of this name.
    #[must_use]
    pub fn has_tensor(&self, name: &str) -> bool {
        self.tensor(name).is_some()
    }

    /// A tensor as a matrix (rows, cols) over the file's bytes; one with a single dimension is one row.
    ///
    /// # Errors
    /// [`GgufError::MissingTensor`]; [`GgufError::Shape`] when it has more than two dimensions above 1;
    /// [`GgufError::Format`] when its type is not supported.
    pub fn matrix(&self, name: &str) -> Result<Matrix, GgufError> {
        let info = self.tensor(name).ok_or_else(|| GgufError::MissingTensor { name: clip(name) })?;
        if info.dims.iter().skip(2).any(|dim| *dim != 1) {
            return Err(GgufError::Shape { name: clip(name), dims: info.dims.clone(), expected: "matrix" });
        }
        let in_tensor = |source| GgufError::Format { name: clip(name), source };
        let format = BlockFormat::from_id(info.type_id).map_err(in_tensor)?;
        let bytes = info.bytes.expect("invariant: the size of every supported format is known");
        let (cols, rows) = (info.dims[0], info.dims.get(1).copied().unwrap_or(1));
        Matrix::new(format, rows, cols, self.bytes.slice(info.start..info.start + bytes)).map_err(in_tensor)
    }

    /// A tensor with one dimension, unpacked: (cols).
    ///
    /// # Errors
    /// As [`Self::matrix`]; [`GgufError::Shape`] when it has more than one row.
    pub fn vector(&self, name: &str) -> Result<Vec<f32>, GgufError> {
        let matrix = self.matrix(name)?;
        if matrix.rows() != 1 {
            let dims = vec![matrix.cols(), matrix.rows()];
            return Err(GgufError::Shape { name: clip(name), dims, expected: "vector" });
        }
        Ok(matrix.to_f32())
    }
}

/// Magic and version.
fn header(cursor: &mut Cursor<'_>, bytes: &[u8]) -> Result<u32, GgufError> {
    if !bytes.starts_with(b"GGUF") {
        return Err(GgufError::Magic { found: bytes[..bytes.len().min(4)].to_vec() });
    }
    cursor.scalar::<u32>("the magic")?;
    let version = cursor.scalar::<u32>("the version")?;
    if !(2..=3).contains(&version) {
        return Err(GgufError::Version { found: version });
    }
    Ok(version)
}

/// The alignment that the metadata asks for.
pub(super) fn alignment(metadata: &Metadata) -> Result<u32, GgufError> {
    let alignment = metadata.optional_u32(ALIGNMENT_KEY)?.unwrap_or(DEFAULT_ALIGNMENT);
    if !alignment.is_power_of_two() || alignment > MAX_ALIGNMENT {
        let rule = format!("a power of two of at most {MAX_ALIGNMENT}");
        return Err(GgufError::Rule { field: ALIGNMENT_KEY.to_owned(), value: alignment.into(), rule });
    }
    Ok(alignment)
}

/// A tensor's entry whose offset still counts from the data section.
struct Declared {
    name: String,
    dims: Vec<usize>,
    type_id: u32,
    offset: u64,
}

fn declared_tensor(cursor: &mut Cursor<'_>, alignment: u32) -> Result<Declared, GgufError> {
    let name = cursor.string(MAX_NAME_BYTES, "a tensor's name")?;
    let of = |what: &str| format!("the {what} of the tensor {:?}", clip(&name));
    let rank = cursor.scalar::<u32>(&of("number of dimensions"))?;
    if !(1..=MAX_DIMENSIONS).contains(&rank) {
        let rule = format!("within 1..={MAX_DIMENSIONS}");
        return Err(GgufError::Rule { field: of("number of dimensions"), value: rank.into(), rule });
    }
    let mut dims = Vec::with_capacity(rank as usize);
    for index in 0..rank {
        let field = format!("dimension {index} of the tensor {:?}", clip(&name));
        let dim = cursor.scalar::<u64>(&field)?;
        match usize::try_from(dim) {
            Ok(0) => return Err(GgufError::Rule { field, value: 0, rule: "at least 1".to_owned() }),
            Ok(dim) => dims.push(dim),
            Err(_) => return Err(GgufError::Limit { field, value: dim, limit: usize::MAX as u64 }),
        }
    }
    let type_id = cursor.scalar::<u32>(&of("type"))?;
    let offset = cursor.scalar::<u64>(&of("offset"))?;
    if !offset.is_multiple_of(alignment.into()) {
        let rule = format!("a multiple of the alignment, {alignment}");
        return Err(GgufError::Rule { field: of("offset"), value: offset, rule });
    }
    Ok(Declared { name, dims, type_id, offset })
}

impl Declared {
    /// Checks that the data lie in the file. `data` is where the data section begins.
    fn place(self, data: usize, file: usize) -> Result<TensorInfo, GgufError> {
        let bytes = self.bytes()?;
        let at = self.offset.saturating_add(data as u64);
        let end = at.saturating_add(bytes.unwrap_or(0));
        if end > file as u64 {
            return Err(GgufError::Range { name: clip(&self.name), at, bytes: bytes.unwrap_or(0), file });
        }
        // Both are at most the file's length, which is a usize.
        let (start, bytes) = (at as usize, bytes.map(|bytes| bytes as usize));
        Ok(TensorInfo { name: self.name, dims: self.dims, type_id: self.type_id, start, bytes })
    }

    /// Bytes that shape and type ask for; nothing for an unknown type.
    fn bytes(&self) -> Result<Option<u64>, GgufError> {
        let Some(known) = known_type(self.type_id) else { return Ok(None) };
        let cols = self.dims[0];
        if !cols.is_multiple_of(known.block_len) {
            let rule = format!("a multiple of the block, {} weights", known.block_len);
            let field = format!("dimension 0 of the tensor {:?}", clip(&self.name));
            return Err(GgufError::Rule { field, value: cols as u64, rule });
        }
        let row = ((cols / known.block_len) as u64).checked_mul(known.block_bytes as u64);
        let total = self.dims[1..].iter().try_fold(row, |total, dim| Some(total?.checked_mul(*dim as u64)));
        total.flatten().map(Some).ok_or_else(|| GgufError::Range {
            name: clip(&self.name),
            at: self.offset,
            bytes: u64::MAX,
            file: usize::MAX,
        })
    }
}

fn check_overlap(tensors: &[TensorInfo]) -> Result<(), GgufError> {
    let mut placed: Vec<&TensorInfo> = tensors.iter().filter(|tensor| tensor.bytes.is_some()).collect();
    placed.sort_unstable_by_key(|tensor| tensor.start);
    for pair in placed.windows(2) {
        if pair[0].start + pair[0].bytes.unwrap_or(0) > pair[1].start {
            let (first, second) = (clip(&pair[0].name), clip(&pair[1].name));
            return Err(GgufError::Overlap { first, second, at: pair[1].start });
        }
    }
    Ok(())
}
