-- Numbers figures, tables and sections and resolves cross-references the way Quarto does with `number-sections`:
-- "Figure 1: caption", "Table 1: caption", @fig-a -> "Figure 1", [-@fig-a] -> "1", [Fig @fig-a] -> "Fig 1",
-- [@fig-a; @tbl-b] -> "Figure 1, Table 1", @sec-a -> "Section 1.2". Only the built-in renderer uses it.

local NBSP = "\u{a0}"
local WORDS = { fig = "Figure", tbl = "Table", sec = "Section" }
local is_typst = FORMAT:match("typst") ~= nil
local numbers = {}

local function kind_of(id)
  return id:match("^(%l+)%-")
end

local function refuse(problem)
  error({ problem = problem })
end

local function take_number(id, number)
  if numbers[id] then refuse("the label " .. id .. " occurs twice") end
  numbers[id] = number
end

local function number_everything(doc)
  local levels, counts = { 0, 0, 0, 0, 0, 0 }, { fig = 0, tbl = 0 }
  local function count(element)
    local kind = kind_of(element.identifier)
    if counts[kind] then
      counts[kind] = counts[kind] + 1
      take_number(element.identifier, tostring(counts[kind]))
    end
  end
  doc:walk({
    traverse = "topdown",
    Header = function(header)
      if header.classes:includes("unnumbered") then return nil, false end
      levels[header.level] = levels[header.level] + 1
      for deeper = header.level + 1, 6 do levels[deeper] = 0 end
      take_number(header.identifier, table.concat(levels, ".", 1, header.level))
      return nil, false
    end,
    Figure = count,
    Table = count,
  })
end

local function write_reference(citation)
  local kind, number = kind_of(citation.id), numbers[citation.id]
  if not WORDS[kind] then return nil end
  if not number then refuse("@" .. citation.id .. " refers to nothing that has a number") end
  local word = pandoc.Inlines({})
  if #citation.prefix > 0 then
    word = citation.prefix:clone()
  elseif citation.mode ~= "SuppressAuthor" then
    word = pandoc.Inlines({ pandoc.Str(WORDS[kind]) })
  end
  if is_typst then
    word:insert(1, pandoc.RawInline("typst", "#ref(<" .. citation.id .. ">, supplement: ["))
    word:insert(pandoc.RawInline("typst", "])"))
    return word
  end
  if #word > 0 then word:insert(pandoc.Str(NBSP)) end
  word:insert(pandoc.Str(number))
  return pandoc.Inlines({ pandoc.Link(word, "#" .. citation.id, "", pandoc.Attr("", { "xref" })) })
end

local function resolve(cite)
  local written = pandoc.Inlines({})
  for i, citation in ipairs(cite.citations) do
    local reference = write_reference(citation)
    if not reference then return nil end
    if i > 1 then written:extend({ pandoc.Str(","), pandoc.Space() }) end
    written:extend(reference)
  end
  return written
end

local function caption_of(element)
  return pandoc.utils.blocks_to_inlines(element.caption.long)
end

local function raw(text)
  return pandoc.RawBlock("typst", text)
end

-- The same Typst as Quarto writes, so that one look fits both.
local function wrap_for_typst(element, content, position)
  local kind = kind_of(element.identifier)
  local blocks = pandoc.Blocks({ raw("#figure([") })
  blocks:extend(content)
  blocks:insert(raw("], caption: figure.caption(position: " .. position .. ", ["))
  blocks:insert(pandoc.Plain(caption_of(element)))
  blocks:insert(raw(('])\n, kind: "quarto-float-%s"\n, supplement: "%s")\n<%s>'):format(kind, WORDS[kind], element.identifier)))
  return blocks
end

local function number_caption(element)
  local kind, number = kind_of(element.identifier), numbers[element.identifier]
  local caption = caption_of(element)
  local label = pandoc.Span({ pandoc.Str(WORDS[kind] .. NBSP .. number .. ":") }, pandoc.Attr("", { "caption-number" }))
  caption:insert(1, label)
  caption:insert(2, pandoc.Space())
  element.caption.long = pandoc.Blocks({ pandoc.Plain(caption) })
  return element
end

local function is_numbered(element)
  return numbers[element.identifier] ~= nil and kind_of(element.identifier) ~= "sec"
end

local function write_figure(figure)
  if not is_numbered(figure) then return nil end
  if is_typst then return wrap_for_typst(figure, figure.content, "bottom") end
  return number_caption(figure)
end

local function write_table(tbl)
  if not is_numbered(tbl) then
    if is_typst then tbl.classes:insert("typst:no-figure") end
    return tbl
  end
  if not is_typst then return number_caption(tbl) end
  local bare = tbl:clone()
  bare.caption, bare.identifier = pandoc.Caption(), ""
  bare.classes:insert("typst:no-figure")
  return wrap_for_typst(tbl, { bare }, "top")
end

function Pandoc(doc)
  local ok, outcome = pcall(function()
    number_everything(doc)
    doc = doc:walk({ Cite = resolve })
    return doc:walk({ Figure = write_figure, Table = write_table })
  end)
  if ok then return outcome end
  io.stderr:write((type(outcome) == "table" and outcome.problem or tostring(outcome)) .. "\n")
  os.exit(1)
end
