const holder = /^(image|img|picture|pic|photo|scan|file|data|png|jpe?g|dicom|dcm|tiff?)s?$/i;

/** Whether a folder parts files by what they are, not by what they show. */
export const isHolder = (name: string): boolean => holder.test(name);
